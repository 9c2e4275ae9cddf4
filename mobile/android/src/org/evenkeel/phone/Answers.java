package org.evenkeel.phone;

import android.app.PendingIntent;
import android.content.Context;
import android.content.Intent;
import android.net.Uri;

/** Buttons on a card: taken, skipped, later. The app sends them on when it runs next. */
final class Answers {
    static final String TAKEN = "taken";
    static final String SKIPPED = "skipped";
    static final String SNOOZED = "snoozed";
    private static final String ANSWER = "org.evenkeel.phone.ANSWER";
    private static final String KEY = "key";
    private static final String STATUS = "status";

    private Answers() {}

    static PendingIntent button(Context context, Armed each, String status) {
        Intent intent = new Intent(ANSWER).setClass(context, Receiver.class);
        // Intents that differ in their extras alone are one to Android: the address parts them.
        intent.setData(Uri.parse("evenkeel:" + Uri.encode(each.key) + "/" + status));
        intent.putExtra(KEY, each.key).putExtra(STATUS, status);
        int flags = PendingIntent.FLAG_UPDATE_CURRENT | PendingIntent.FLAG_IMMUTABLE;
        return PendingIntent.getBroadcast(context, 0, intent, flags);
    }

    static boolean isOne(Intent intent) {
        return ANSWER.equals(intent.getAction());
    }

    /** Written down, then the card goes: a tap that is lost in between can be made again. */
    static void keep(Context context, Intent intent, long nowMs) {
        String key = intent.getStringExtra(KEY);
        String status = intent.getStringExtra(STATUS);
        for (Armed each : Armed.fromText(Kept.read(context, Kept.ARMED))) {
            if (!each.key.equals(key) || !each.isDose()) {
                continue;
            }
            Kept.add(context, Kept.ANSWERS, nowMs + "\t" + each.dose + "\t" + status);
            if (SNOOZED.equals(status)) {
                Kept.add(context, Kept.ARMED, each.later(nowMs).toLine());
            }
        }
        Cards.putAway(context, key);
    }
}
