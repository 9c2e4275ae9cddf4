"""Where measurements come from: files now, Bluetooth devices with issue 6."""
