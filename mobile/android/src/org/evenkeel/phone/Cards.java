package org.evenkeel.phone;

import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.content.Context;
import android.content.Intent;

/** Cards on the screen, each under its key: posted twice it is one card, and rings once. */
final class Cards {
    private static final int ID = 1; // the tag tells cards apart

    private Cards() {}

    static void post(Context context, Armed each) {
        NotificationManager manager = manager(context);
        makeChannels(context, manager);
        Notification.Builder card =
            new Notification.Builder(context, channel(each))
                .setSmallIcon(context.getApplicationInfo().icon)
                .setContentTitle(each.title)
                .setContentText(each.body)
                .setWhen(each.dueMs)
                .setShowWhen(true)
                .setOnlyAlertOnce(true)
                .setAutoCancel(true)
                .setVisibility(Notification.VISIBILITY_PUBLIC) // neutral, unless names are allowed
                .setCategory(
                    each.isCritical() ? Notification.CATEGORY_ALARM : Notification.CATEGORY_REMINDER)
                .setContentIntent(opening(context));
        if (each.isCritical()) {
            card.setFullScreenIntent(opening(context), true);
        }
        if (each.isDose()) {
            String[] words = words(context);
            card.addAction(action(context, each, Answers.TAKEN, words[0]));
            card.addAction(action(context, each, Answers.SNOOZED, words[1]));
            card.addAction(action(context, each, Answers.SKIPPED, words[2]));
        }
        manager.notify(each.key, ID, card.build());
    }

    static void putAway(Context context, String key) {
        manager(context).cancel(key, ID);
    }

    /** To the app's window. */
    static PendingIntent opening(Context context) {
        Intent intent =
            context.getPackageManager().getLaunchIntentForPackage(context.getPackageName());
        return PendingIntent.getActivity(context, 0, intent, PendingIntent.FLAG_IMMUTABLE);
    }

    private static Notification.Action action(
            Context context, Armed each, String status, String label) {
        PendingIntent pressed = Answers.button(context, each, status);
        return new Notification.Action.Builder(null, label, pressed).build();
    }

    private static String channel(Armed each) {
        return each.isCritical() ? "critical" : each.isDose() ? "reminders" : "notices";
    }

    /** Taken, later, skip, then the names of the channels, in the patient's language. */
    private static String[] words(Context context) {
        String[] kept = Kept.read(context, Kept.WORDS).split("\t", -1);
        return kept.length == 6
            ? kept
            : new String[] {"Taken", "Later", "Skip", "Reminders", "Vital medicines", "Messages"};
    }

    private static void makeChannels(Context context, NotificationManager manager) {
        String[] words = words(context);
        NotificationChannel critical =
            new NotificationChannel("critical", words[4], NotificationManager.IMPORTANCE_HIGH);
        critical.setBypassDnd(true);
        critical.enableVibration(true);
        manager.createNotificationChannel(critical);
        manager.createNotificationChannel(
            new NotificationChannel("reminders", words[3], NotificationManager.IMPORTANCE_HIGH));
        manager.createNotificationChannel(
            new NotificationChannel("notices", words[5], NotificationManager.IMPORTANCE_DEFAULT));
    }

    private static NotificationManager manager(Context context) {
        return (NotificationManager) context.getSystemService(Context.NOTIFICATION_SERVICE);
    }
}
