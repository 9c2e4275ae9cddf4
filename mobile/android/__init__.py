"""The Android build: Java, manifest and buildozer's spec. Never built or run on a device yet."""
