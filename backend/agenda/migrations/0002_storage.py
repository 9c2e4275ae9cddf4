from django.db import migrations

# Lines are updated in place for ever: without room on each page and early vacuum claims slow down.
TUNE = """
ALTER TABLE agenda_line SET (
    fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200
);
"""
RESET = """
ALTER TABLE agenda_line RESET (
    fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold
);
"""


class Migration(migrations.Migration):
    dependencies = [("agenda", "0001_initial")]

    operations = [migrations.RunSQL(TUNE, RESET)]
