package org.evenkeel.phone;

import android.app.Notification;
import android.content.Context;
import android.content.Intent;
import java.io.File;

/** What happens to a phone, told on standard output; the test reads it. */
public final class Story {
    private static final long HOUR = 3_600_000L;

    public static void main(String[] args) {
        Context context = new Context();
        context.files = new File(args[0]);
        long begin = System.currentTimeMillis();
        StringBuilder lines = new StringBuilder();
        lines.append("nonsense\n");
        lines.append(line("late", begin - 3 * HOUR, "dose", "d-late"));
        for (int each = 1; each <= 28; each++) {
            lines.append(line("rem:" + each, begin + each * 6 * HOUR, each == 3 ? "critical" : "dose", "d" + each));
        }
        lines.append(line("notice:1", begin + 170 * HOUR, "notice", ""));
        Alarms.arm(context, lines.toString());
        say("armed", context.alarms.at == begin + 6 * HOUR, context.alarms.how);
        for (int each = 1; each <= 28; each++) {
            long now = begin + each * 6 * HOUR;
            if (each == 2) {
                context.alarms.allowed = false;
            }
            // Boot, a change of clock and the alarm itself: whatever wakes it, and however often.
            Alarms.schedule(context, now - 1);
            Alarms.schedule(context, now);
            Alarms.schedule(context, now);
            if (each == 1 || each == 2) {
                say("how", each, context.alarms.how);
                context.alarms.allowed = true;
            }
        }
        say("posted", context.cards.posted, context.cards.shown.size());
        say("full", context.cards.shown.get("rem:3").full, context.cards.shown.get("rem:4").full);
        Notification card = context.cards.shown.get("rem:5");
        say("once", card.once, card.actions.size());
        press(context, card, 0);
        press(context, context.cards.shown.get("rem:6"), 1);
        press(context, context.cards.shown.get("rem:6"), 2);
        System.out.print(Alarms.takeAnswers(context).replaceAll("(?m)^[0-9]+", "answer"));
        say("left", Alarms.takeAnswers(context).length(), context.cards.shown.size());
        say("snoozed", Kept.read(context, Kept.ARMED).contains("rem:6+"), Kept.read(context, Kept.ARMED).contains("rem:5+"));
        say("rung", Alarms.rung(context).split("\n").length, Kept.has(context, Kept.RUNG, "late"));
        Alarms.arm(context, line("rem:28", begin + 168 * HOUR, "dose", "d28"));
        say("known", Alarms.rung(context).trim(), context.cards.posted);
        Alarms.disarm(context);
        Alarms.schedule(context, begin + 400 * HOUR);
        say("disarmed", context.alarms.how, context.cards.posted);
    }

    private static void press(Context context, Notification card, int button) {
        if (card != null) {
            new Receiver().onReceive(context, card.actions.get(button).pressed.intent);
        }
    }

    private static String line(String key, long at, String kind, String dose) {
        return String.join("\t", key, "" + at, "" + (at + 2 * HOUR), kind, dose, "15", "Time", "Now") + "\n";
    }

    private static void say(Object... words) {
        for (Object word : words) {
            System.out.print(word + " ");
        }
        System.out.println();
    }
}
