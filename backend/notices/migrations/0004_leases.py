from django.db import migrations, models

# What is in hand, or was given up, keeps its place: by leases in the stead of moments of its own.
MOVE = """
WITH lease AS (
    INSERT INTO notices_lease (until) SELECT clock_timestamp()
    WHERE EXISTS (SELECT FROM notices_delivery WHERE outcome = '') RETURNING id
)
UPDATE notices_delivery SET lease = lease.id FROM lease WHERE outcome = '';
UPDATE notices_delivery SET lease = 0 WHERE outcome = 'failed';
"""
BACK = """
UPDATE notices_delivery SET lease_until = clock_timestamp() WHERE outcome = '';
"""
# A delivery's second version fits beside its first, so that no index is touched. Nobody searches
# these keys by what they begin with, so the second index that Django gives each goes.
TUNE = """
ALTER TABLE notices_delivery SET (fillfactor = 45);
ALTER TABLE notices_lease SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000
);
DROP INDEX IF EXISTS notices_delivery_key_e0f980bf_like;
DROP INDEX IF EXISTS notices_occurrence_key_ff943edd_like;
DROP INDEX IF EXISTS notices_notice_key_e6f8d5bc_like;
"""
RESET = """
ALTER TABLE notices_delivery SET (fillfactor = 80);
CREATE INDEX notices_delivery_key_e0f980bf_like ON notices_delivery (key varchar_pattern_ops);
CREATE INDEX notices_occurrence_key_ff943edd_like ON notices_occurrence (key varchar_pattern_ops);
CREATE INDEX notices_notice_key_e6f8d5bc_like ON notices_notice (key varchar_pattern_ops);
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_steps")]

    operations = [
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.AddField("delivery", "lease", models.BigIntegerField(null=True)),
        migrations.RunSQL(MOVE, BACK),
        migrations.RemoveIndex("delivery", "delivery_open"),
        migrations.RemoveIndex("delivery", "delivery_failed"),
        migrations.RemoveField("delivery", "lease_until"),
        migrations.AddIndex("delivery", models.Index(fields=["lease"], name="delivery_lease")),
        migrations.RunSQL(TUNE, RESET),
    ]
