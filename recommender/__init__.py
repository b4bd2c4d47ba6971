"""From a picture to a ranked list: perception, music, mapping, ranking, the library and its services."""
