package org.evenkeel.phone;

import java.util.List;

import android.app.AlarmManager;
import android.app.PendingIntent;
import android.content.Context;
import android.content.Intent;
import android.os.Build;

/**
 * The platform's side of the alarms port. The next occurrence is set with AlarmManager; when it
 * rings, all that is due is posted and the one after it is set. Python need not run for that.
 */
public final class Alarms {
    static final String RING = "org.evenkeel.phone.RING";
    private static final int ONE = 1;
    private static final int ASKED_FROM = 31; // before Android 12 every app may set exact alarms

    private Alarms() {}

    /**
     * These lines are the ones to ring from now on (Armed); what has rung of others is forgotten,
     * so the app asks for `rung` first.
     */
    public static synchronized void arm(Context context, String lines) {
        StringBuilder still = new StringBuilder();
        for (Armed each : Armed.fromText(lines)) {
            if (Kept.has(context, Kept.RUNG, each.key)) {
                still.append(each.key).append('\n');
            }
        }
        Kept.write(context, Kept.ARMED, lines);
        Kept.write(context, Kept.RUNG, still.toString());
        schedule(context, System.currentTimeMillis());
    }

    /** Labels in the patient's language (Cards). */
    public static void label(Context context, String words) {
        Kept.write(context, Kept.WORDS, words);
    }

    /** Nobody is signed in any more. */
    public static void disarm(Context context) {
        Kept.write(context, Kept.ARMED, "");
        Kept.write(context, Kept.RUNG, "");
        Kept.write(context, Kept.ANSWERS, "");
        manager(context).cancel(ringing(context));
    }

    /** Keys that rang, one a line; the app keeps them and asks for the next ones only. */
    public static String rung(Context context) {
        return Kept.read(context, Kept.RUNG);
    }

    /** What was answered on a card, one a line: moment, dose, status; each is told once. */
    public static String takeAnswers(Context context) {
        return Kept.take(context, Kept.ANSWERS);
    }

    /** Post what is due and set what comes next; safe to call as often as one likes. */
    static synchronized void schedule(Context context, long nowMs) {
        List<Armed> armed = Armed.fromText(Kept.read(context, Kept.ARMED));
        Armed next = null;
        for (Armed each : armed) {
            if (Kept.has(context, Kept.RUNG, each.key)) {
                continue;
            }
            if (each.dueMs <= nowMs) {
                ring(context, each, nowMs);
            } else if (next == null || each.dueMs < next.dueMs) {
                next = each;
            }
        }
        if (next != null) {
            set(context, next);
        }
    }

    /** Shown, then written down: after a kill in between the same card is posted again, silently. */
    private static void ring(Context context, Armed each, long nowMs) {
        if (nowMs <= each.untilMs) {
            Cards.post(context, each);
            Kept.add(context, Kept.RUNG, each.key);
        }
    }

    private static void set(Context context, Armed next) {
        AlarmManager manager = manager(context);
        boolean exact = Build.VERSION.SDK_INT < ASKED_FROM || manager.canScheduleExactAlarms();
        PendingIntent ringing = ringing(context);
        if (!exact) {
            manager.setAndAllowWhileIdle(AlarmManager.RTC_WAKEUP, next.dueMs, ringing);
        } else if (next.isCritical()) {
            PendingIntent shown = Cards.opening(context);
            manager.setAlarmClock(new AlarmManager.AlarmClockInfo(next.dueMs, shown), ringing);
        } else {
            manager.setExactAndAllowWhileIdle(AlarmManager.RTC_WAKEUP, next.dueMs, ringing);
        }
    }

    private static PendingIntent ringing(Context context) {
        Intent intent = new Intent(RING).setClass(context, Receiver.class);
        int flags = PendingIntent.FLAG_UPDATE_CURRENT | PendingIntent.FLAG_IMMUTABLE;
        return PendingIntent.getBroadcast(context, ONE, intent, flags);
    }

    private static AlarmManager manager(Context context) {
        return (AlarmManager) context.getSystemService(Context.ALARM_SERVICE);
    }
}
