package org.evenkeel.phone;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

import android.content.Context;

/** Small sealed files, replaced in one step: what is armed, what has rung, what was answered. */
final class Kept {
    static final String ARMED = "armed";
    static final String RUNG = "rung";
    static final String ANSWERS = "answers";
    static final String WORDS = "words";

    private Kept() {}

    /** Empty if there is none, or if it cannot be opened any more. */
    static synchronized String read(Context context, String name) {
        File file = new File(context.getFilesDir(), name);
        byte[] sealed = new byte[(int) file.length()];
        try (FileInputStream in = new FileInputStream(file)) {
            int got = 0;
            while (got < sealed.length) {
                int more = in.read(sealed, got, sealed.length - got);
                if (more < 0) {
                    return "";
                }
                got += more;
            }
            return new String(Vault.unseal(sealed), StandardCharsets.UTF_8);
        } catch (IOException | GeneralSecurityException error) {
            return "";
        }
    }

    static synchronized void write(Context context, String name, String text) {
        File file = new File(context.getFilesDir(), name);
        File fresh = new File(context.getFilesDir(), name + ".new");
        try {
            byte[] sealed = Vault.seal(text.getBytes(StandardCharsets.UTF_8));
            try (FileOutputStream out = new FileOutputStream(fresh)) {
                out.write(sealed);
                out.getFD().sync();
            }
        } catch (IOException | GeneralSecurityException error) {
            throw new IllegalStateException("cannot keep " + name);
        }
        if (!fresh.renameTo(file)) {
            throw new IllegalStateException("cannot keep " + name);
        }
    }

    static synchronized void add(Context context, String name, String line) {
        write(context, name, read(context, name) + line + "\n");
    }

    static synchronized boolean has(Context context, String name, String line) {
        return ("\n" + read(context, name)).contains("\n" + line + "\n");
    }

    /** What was written, once: whoever takes it has it alone. */
    static synchronized String take(Context context, String name) {
        String found = read(context, name);
        if (!found.isEmpty()) {
            write(context, name, "");
        }
        return found;
    }
}
