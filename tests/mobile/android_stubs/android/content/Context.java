package android.content;

public class Context {
    public static final String ALARM_SERVICE = "alarm";
    public static final String NOTIFICATION_SERVICE = "notification";
    public final android.app.AlarmManager alarms = new android.app.AlarmManager();
    public final android.app.NotificationManager cards = new android.app.NotificationManager();
    public java.io.File files;
    public java.io.File getFilesDir() { return files; }
    public String getPackageName() { return "org.evenkeel.phone"; }
    public android.content.pm.PackageManager getPackageManager() { return new android.content.pm.PackageManager(); }
    public android.content.pm.ApplicationInfo getApplicationInfo() { return new android.content.pm.ApplicationInfo(); }
    public Object getSystemService(String name) { return name.equals(ALARM_SERVICE) ? (Object) alarms : cards; }
}
