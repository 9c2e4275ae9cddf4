from django.db import migrations

# Watermarks are updated in place for ever; a delivery once or twice. Early vacuum keeps claims fast.
TUNE = """
ALTER TABLE notices_pumpbucket SET (
    fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000
);
ALTER TABLE notices_delivery SET (
    fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000
);
"""
RESET = """
ALTER TABLE notices_pumpbucket RESET (
    fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold
);
ALTER TABLE notices_delivery RESET (
    fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold
);
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [migrations.RunSQL(TUNE, RESET)]
