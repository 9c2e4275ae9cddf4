package android.app;

public class PendingIntent {
    public static final int FLAG_UPDATE_CURRENT = 1 << 27;
    public static final int FLAG_IMMUTABLE = 1 << 26;
    public android.content.Intent intent;
    public static PendingIntent getBroadcast(android.content.Context context, int code, android.content.Intent intent, int flags) {
        if ((flags & FLAG_IMMUTABLE) == 0) throw new IllegalArgumentException("Android 12 refuses this");
        PendingIntent made = new PendingIntent(); made.intent = intent; return made;
    }
    public static PendingIntent getActivity(android.content.Context context, int code, android.content.Intent intent, int flags) {
        return getBroadcast(context, code, intent, flags);
    }
}
