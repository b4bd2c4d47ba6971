"""What scripts say, in the page's language: written into each page as JSON, so that it costs no request.

``{name}`` is filled by ``words.js``. Forms for one and for several are two entries.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

WORDS = {
    # every page
    "close": _("Close"),
    "details": _("Details"),
    "undo": _("Undo"),
    "copied": _("Copied"),
    "press_to_copy": _("Press Ctrl+C"),
    "unreachable": _("The site cannot be reached."),
    "unreachable_hint": _("Check your connection; nothing is lost."),
    "unknown": _("That did not work."),
    "unknown_hint": _("Reload the page and try again."),
    "taken_back": _("Taken back."),
    # the player
    "play": _("Play {title}"),
    "pause": _("Pause {title}"),
    "play_preview": _("Play a preview of {title}"),
    "pause_preview": _("Pause the preview of {title}"),
    "position": pgettext_lazy("time in a track", "{now} of {total}"),
    "no_preview": _("This preview cannot be played; its page there can be opened."),
    "no_sound": _("This track cannot be played here."),
    # listening in step
    "own": _("You listen on your own."),
    "not_here": _("This song cannot be played here. You hear the next one again."),
    "all_paused": _("Paused for everybody."),
    "other_recording": _("Another recording plays here, so it runs on its own."),
    "press_play": _("Press Play to hear it with the others."),
    "in_step": _("You hear the same second."),
    # the lists
    "select": _("Select"),
    "select_done": pgettext_lazy("end of choosing", "Done"),
    "one_chosen": _("1 list chosen"),
    "many_chosen": _("{count} lists chosen"),
    # a conversation
    "done": _("Done."),
    "working": _("Working"),
    "stopped": _("Stopped."),
    "next": _("Next: {what}"),
    "noted_next": _("Noted: it comes next."),
    # the map of feelings
    "happy": _("happy"),
    "sad": _("sad"),
    "neither_mood": _("neither sad nor happy"),
    "lively": _("lively"),
    "calm": _("calm"),
    "neither_pace": _("neither calm nor lively"),
    # search
    "found": _("{count} found"),
    "nothing_found": _("Nothing found"),
    "line_broke": _("the connection broke; reload to ask again"),
}
"""What any page may say."""

FIRST_PAGE = {
    "photo": _("Photo {number}: {name}"),
    "photos": _("{count} photos"),
    "leave_out": _("Leave out {name}"),
    "left_out": _("{name} left out"),
    "ready": _("{what} ready. Press Find music."),
    "sending": _("Sending"),
    "not_a_picture": _("{name} is not a picture."),
    "not_a_picture_hint": _("Use a {accepted} file."),
    "too_large": _("{name} is {size} MB; photos may have up to {limit} MB."),
    "too_large_hint": _("Save a smaller copy and try that."),
    "too_many": _("A list can be made from up to {most} photos."),
    "too_many_hint": _("Choose the ones that matter most."),
    "too_large_together": _("These photos have more than {limit} MB together."),
    "too_large_together_hint": _("Leave one out, or save smaller copies."),
    "broke_off": _("The upload broke off."),
    "broke_off_hint": _("Check your connection and try again."),
}
"""What only the first page says."""
