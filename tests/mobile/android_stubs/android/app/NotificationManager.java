package android.app;

public class NotificationManager {
    public static final int IMPORTANCE_HIGH = 4;
    public static final int IMPORTANCE_DEFAULT = 3;
    public final java.util.Map<String, Notification> shown = new java.util.TreeMap<>();
    public int posted;
    public void createNotificationChannel(NotificationChannel channel) {}
    public void notify(String tag, int id, Notification card) { posted++; shown.put(tag, card); }
    public void cancel(String tag, int id) { shown.remove(tag); }
}
