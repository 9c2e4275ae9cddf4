import django.db.models.deletion
from django.db import migrations, models

import backend.core.models


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="BackgroundAnswer",
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
                ("question", models.CharField(max_length=20)),
                ("choice", models.CharField(max_length=12)),
                ("answered_at", models.DateTimeField()),
                ("answered_by", models.UUIDField(null=True)),
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
                "indexes": [
                    models.Index(
                        fields=["patient", "question", "-answered_at"], name="background_latest"
                    )
                ],
            },
        ),
    ]
