package org.evenkeel.phone;

import android.app.Activity;
import android.view.WindowManager;

/** Keeps the window out of the task switcher's pictures and of screenshots. */
public final class Shield {
    private Shield() {}

    /** From now on; windows are changed on their own thread alone. */
    public static void hide(final Activity activity) {
        activity.runOnUiThread(
            () -> activity.getWindow().addFlags(WindowManager.LayoutParams.FLAG_SECURE));
    }
}
