from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0008_scheduled_refresh'),
    ]

    operations = [
        migrations.AddField(
            model_name='turn',
            name='language',
            field=models.CharField(blank=True, max_length=8),
        ),
    ]
