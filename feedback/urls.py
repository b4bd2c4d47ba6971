"""The addresses of feedback: reactions, taste, studies, pairs."""

from django.urls import path

from feedback.pairs import views as curated
from feedback.taste import views
from feedback.user_studies import views as studies

urlpatterns = [
    path("reactions/", views.react, name="react"),
    path("ratings/", views.rate, name="rate"),
    path("taste/", views.taste, name="taste"),
    path("taste/steer/", views.steer, name="steer_taste"),
    path("taste/fact/", views.fact, name="taste_fact"),
    path("taste/choice/", views.forget_choice, name="forget_choice"),
    path("taste/pause/", views.learning, {"on": False}, name="pause_learning"),
    path("taste/resume/", views.learning, {"on": True}, name="resume_learning"),
    path("taste/forget-hour/", views.forget_hour, name="forget_hour"),
    path("taste/forget/", views.forget, name="forget_taste"),
    path("study/<str:token>/", studies.taking_part, name="taking_part"),
    path("study/<str:token>/photo/<int:task_id>/", studies.study_picture, name="study_picture"),
    path("study/<str:token>/agree/", studies.consent, name="study_consent"),
    path("study/<str:token>/judge/", studies.judge, name="study_judge"),
    path("study/<str:token>/usability/", studies.usability, name="study_usability"),
    path("study/<str:token>/withdraw/", studies.withdraw, name="study_withdraw"),
    path("pairs/", curated.pairs, name="pairs"),
    path("pairs/propose/", curated.propose, name="propose_pairs"),
    path("pairs/cases/", curated.make_cases, name="pair_cases"),
    path("pairs/training.zip", curated.training_set, name="pair_training_set"),
    path("pairs/<int:pair_id>/photo/", curated.pair_picture, name="pair_picture"),
    path("pairs/<int:pair_id>/judge/", curated.judge, name="judge_pair"),
]
