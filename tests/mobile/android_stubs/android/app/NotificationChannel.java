package android.app;

public class NotificationChannel {
    public NotificationChannel(String id, CharSequence name, int importance) {}
    public void setBypassDnd(boolean bypass) {}
    public void enableVibration(boolean vibrate) {}
}
