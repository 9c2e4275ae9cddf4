package org.evenkeel.phone;

import android.content.BroadcastReceiver;
import android.content.Context;
import android.content.Intent;

/**
 * Woken by an alarm, a start of the phone, an update of the app, a change of clock or zone, or a
 * permission: each time what is due is posted and the next alarm is set anew. Doses are moments,
 * so a change of zone moves none of them.
 */
public final class Receiver extends BroadcastReceiver {
    @Override
    public void onReceive(Context context, Intent intent) {
        long nowMs = System.currentTimeMillis();
        if (Answers.isOne(intent)) {
            Answers.keep(context, intent, nowMs);
        }
        Alarms.schedule(context, nowMs);
    }
}
