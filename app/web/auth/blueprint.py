"""The pages of signing in."""

from flask import Blueprint

bp = Blueprint("auth", __name__)
