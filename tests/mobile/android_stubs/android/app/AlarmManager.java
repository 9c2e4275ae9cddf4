package android.app;

public class AlarmManager {
    public static final int RTC_WAKEUP = 0;
    public boolean allowed = true;
    public String how = "";
    public long at;
    public static class AlarmClockInfo {
        public final long at;
        public AlarmClockInfo(long at, PendingIntent shown) { this.at = at; }
    }
    public boolean canScheduleExactAlarms() { return allowed; }
    public void setAndAllowWhileIdle(int type, long at, PendingIntent what) { how = "about"; this.at = at; }
    public void setExactAndAllowWhileIdle(int type, long at, PendingIntent what) { how = "exact"; this.at = at; }
    public void setAlarmClock(AlarmClockInfo info, PendingIntent what) { how = "clock"; at = info.at; }
    public void cancel(PendingIntent what) { how = "none"; at = 0; }
}
