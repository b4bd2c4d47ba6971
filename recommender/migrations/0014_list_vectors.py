"""A list's vectors move from its brief's JSON into columns of their own.

Older lists keep theirs: they are moved here. The numbers have five decimals, which a vector's four bytes hold.
"""

import pgvector.django.vector
from django.db import migrations

MOVED = (("vector", "text_vector"), ("crossing", "picture_vector"))

OUT = [
    f"""UPDATE recommender_playlist SET {column} = (brief->>'{key}')::vector
        WHERE jsonb_typeof(brief->'{key}') = 'array' AND jsonb_array_length(brief->'{key}') > 0"""
    for key, column in MOVED
] + ["UPDATE recommender_playlist SET brief = brief - 'vector' - 'crossing' WHERE brief ?| array['vector', 'crossing']"]

BACK = [
    f"""UPDATE recommender_playlist SET brief = jsonb_set(brief, '{{{key}}}', COALESCE({column}::text, '[]')::jsonb)"""
    for key, column in MOVED
]


class Migration(migrations.Migration):

    dependencies = [("recommender", "0013_store_listings")]

    operations = [
        *[
            migrations.AddField(
                model_name="playlist",
                name=column,
                field=pgvector.django.vector.VectorField(blank=True, editable=False, null=True),
            )
            for _, column in MOVED
        ],
        migrations.RunSQL(OUT, BACK),
    ]
