from django.db import migrations

# A second version that lies beside its first is cleared by whoever reads the page: vacuum need not
# hurry, which behind somebody's long report only read the whole table in vain every few seconds.
TUNE = """
ALTER TABLE notices_delivery RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""
RESET = """
ALTER TABLE notices_delivery SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000
);
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_urgent")]

    operations = [migrations.RunSQL(TUNE, RESET)]
