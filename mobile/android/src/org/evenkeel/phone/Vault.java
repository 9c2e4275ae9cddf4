package org.evenkeel.phone;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

import android.security.keystore.KeyGenParameterSpec;
import android.security.keystore.KeyProperties;

/** Seals with a key of Android's Keystore: it never leaves the phone's secure hardware. */
public final class Vault {
    private static final String STORE = "AndroidKeyStore";
    private static final String NAME = "evenkeel";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private Vault() {}

    /** Nonce and sealed text; the Keystore chooses the nonce. */
    public static byte[] seal(byte[] plain) throws GeneralSecurityException, IOException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, key());
        byte[] nonce = cipher.getIV();
        byte[] sealed = cipher.doFinal(plain);
        byte[] both = Arrays.copyOf(nonce, nonce.length + sealed.length);
        System.arraycopy(sealed, 0, both, nonce.length, sealed.length);
        return both;
    }

    /** What was sealed; throws if a single bit was changed, or if the key is gone. */
    public static byte[] unseal(byte[] both) throws GeneralSecurityException, IOException {
        if (both.length < NONCE_BYTES) {
            throw new GeneralSecurityException("too short");
        }
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        GCMParameterSpec nonce = new GCMParameterSpec(TAG_BITS, both, 0, NONCE_BYTES);
        cipher.init(Cipher.DECRYPT_MODE, key(), nonce);
        return cipher.doFinal(both, NONCE_BYTES, both.length - NONCE_BYTES);
    }

    /** Nothing that was sealed can be read again. */
    public static void forget() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(STORE);
        store.load(null);
        store.deleteEntry(NAME);
    }

    private static synchronized SecretKey key() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(STORE);
        store.load(null);
        SecretKey kept = (SecretKey) store.getKey(NAME, null);
        if (kept != null) {
            return kept;
        }
        KeyGenerator generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE);
        int uses = KeyProperties.PURPOSE_ENCRYPT | KeyProperties.PURPOSE_DECRYPT;
        generator.init(
            new KeyGenParameterSpec.Builder(NAME, uses)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(256)
                .build());
        return generator.generateKey();
    }
}
