package org.evenkeel.phone;

import java.util.ArrayList;
import java.util.List;

/**
 * One occurrence to announce, as a line of text: key, due, until, kind, dose, snooze, title, body.
 *
 * <p>Fields are parted by tabs, which the app takes out of every text (android_alarms.py).
 */
final class Armed {
    static final String DOSE = "dose";
    static final String CRITICAL = "critical";

    final String key;
    final long dueMs;
    final long untilMs;
    final String kind;
    final String dose;
    final int snoozeMinutes;
    final String title;
    final String body;

    private Armed(String[] part) {
        key = part[0];
        dueMs = Long.parseLong(part[1]);
        untilMs = Long.parseLong(part[2]);
        kind = part[3];
        dose = part[4];
        snoozeMinutes = Integer.parseInt(part[5]);
        title = part[6];
        body = part[7];
    }

    boolean isDose() {
        return !dose.isEmpty();
    }

    boolean isCritical() {
        return kind.equals(CRITICAL);
    }

    /** The same occurrence put off: it rings again under a key of its own. */
    Armed later(long nowMs) {
        long again = nowMs + snoozeMinutes * 60_000L;
        String[] part = toLine().split("\t", -1);
        part[0] = key.replaceFirst("\\+\\d+$", "") + "+" + nowMs;
        part[1] = Long.toString(again);
        part[2] = Long.toString(again + (untilMs - dueMs));
        return new Armed(part);
    }

    String toLine() {
        return String.join(
            "\t", key, Long.toString(dueMs), Long.toString(untilMs), kind, dose,
            Integer.toString(snoozeMinutes), title, body);
    }

    /** A line that makes no sense costs itself, not the others. */
    static List<Armed> fromText(String text) {
        List<Armed> found = new ArrayList<>();
        for (String line : text.split("\n")) {
            String[] part = line.split("\t", -1);
            if (part.length != 8) {
                continue;
            }
            try {
                found.add(new Armed(part));
            } catch (NumberFormatException error) {
                continue;
            }
        }
        return found;
    }
}
