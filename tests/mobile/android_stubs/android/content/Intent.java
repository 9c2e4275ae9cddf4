package android.content;

public class Intent {
    public final java.util.Map<String, String> extras = new java.util.HashMap<>();
    private final String action;
    public android.net.Uri data;
    public Intent(String action) { this.action = action; }
    public String getAction() { return action; }
    public Intent setClass(Context context, Class<?> receiver) { return this; }
    public Intent setData(android.net.Uri data) { this.data = data; return this; }
    public Intent putExtra(String name, String value) { extras.put(name, value); return this; }
    public String getStringExtra(String name) { return extras.get(name); }
}
