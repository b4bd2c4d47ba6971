"""What a list's title is made from, so that it can be told in every language. Older lists keep theirs as it stands."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agents", "0012_playback")]

    operations = [
        migrations.AddField("conversation", "wording", models.JSONField(blank=True, editable=False, null=True)),
    ]
