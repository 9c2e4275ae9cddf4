import django.db.models.deletion
from django.db import migrations, models

import backend.core.models


class Migration(migrations.Migration):
    """Methods that could not be computed; pruned findings need no scan for who names them."""

    dependencies = [
        ("patients", "0001_initial"),
        ("insights", "0004_registry_append_only"),
    ]

    operations = [
        migrations.AlterField(
            model_name="finding",
            name="superseded_by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="insights.finding",
            ),
        ),
        migrations.CreateModel(
            name="Failure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.core.models.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("method", models.CharField(max_length=60)),
                ("version", models.CharField(max_length=20)),
                ("error", models.CharField(max_length=120)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("times", models.IntegerField()),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("patient", "method"), name="failure_of_method_once"
                    )
                ],
            },
        ),
    ]
