"""What lists' titles and tracks' reasons are made from, to be told in every language. Older ones stay as they stand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recommender", "0014_list_vectors")]

    operations = [
        migrations.AddField("playlist", "wording", models.JSONField(blank=True, editable=False, null=True)),
        migrations.AddField("playlistitem", "wording", models.JSONField(blank=True, editable=False, null=True)),
    ]
