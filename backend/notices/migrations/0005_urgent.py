from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_leases")]

    operations = [
        migrations.AddField(
            "occurrence", "urgent", models.BooleanField(db_default=False, default=False)
        ),
    ]
