package android.app;

public class Notification {
    public static final int VISIBILITY_PUBLIC = 1;
    public static final String CATEGORY_ALARM = "alarm";
    public static final String CATEGORY_REMINDER = "reminder";
    public CharSequence title;
    public boolean once, full;
    public final java.util.List<Action> actions = new java.util.ArrayList<>();
    public static class Action {
        public CharSequence label;
        public PendingIntent pressed;
        public static class Builder {
            private final Action made = new Action();
            public Builder(android.graphics.drawable.Icon icon, CharSequence label, PendingIntent pressed) { made.label = label; made.pressed = pressed; }
            public Action build() { return made; }
        }
    }
    public static class Builder {
        private final Notification made = new Notification();
        public Builder(android.content.Context context, String channel) {}
        public Builder setSmallIcon(int icon) { return this; }
        public Builder setContentTitle(CharSequence text) { made.title = text; return this; }
        public Builder setContentText(CharSequence text) { return this; }
        public Builder setWhen(long ms) { return this; }
        public Builder setShowWhen(boolean show) { return this; }
        public Builder setOnlyAlertOnce(boolean once) { made.once = once; return this; }
        public Builder setAutoCancel(boolean cancel) { return this; }
        public Builder setVisibility(int visibility) { return this; }
        public Builder setCategory(String category) { return this; }
        public Builder setContentIntent(PendingIntent opening) { return this; }
        public Builder setFullScreenIntent(PendingIntent opening, boolean high) { made.full = true; return this; }
        public Builder addAction(Action action) { made.actions.add(action); return this; }
        public Notification build() { return made; }
    }
}
