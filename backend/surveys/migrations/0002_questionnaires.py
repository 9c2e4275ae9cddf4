import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import backend.core.models


class Migration(migrations.Migration):
    dependencies = [
        ("surveys", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AskedForm",
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
                ("code", models.CharField(max_length=40)),
                ("version", models.CharField(blank=True, max_length=40)),
                ("language", models.CharField(max_length=2)),
                ("resource", models.JSONField()),
                ("every_days", models.SmallIntegerField(blank=True, null=True)),
                ("imported_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "version", "language"), name="asked_form_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Goal",
            fields=[
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="patients.patient",
                    ),
                ),
                ("bucket", models.SmallIntegerField()),
                ("kind", models.CharField(max_length=5)),
                ("text", models.CharField(blank=True, max_length=120)),
                ("target", models.IntegerField(blank=True, null=True)),
                (
                    "days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(), default=list, size=None
                    ),
                ),
                ("set_at", models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            model_name="response",
            name="survey",
            field=models.CharField(max_length=40),
        ),
        migrations.AddField(
            model_name="response",
            name="version",
            field=models.CharField(blank=True, default="", max_length=40),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="response",
            name="score",
            field=models.SmallIntegerField(null=True),
        ),
    ]
