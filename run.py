"""The entry point: `python run.py web|scheduler|all`, `gunicorn run:app`, `flask run`, and every flask command."""

from app.main import app_or_exit, main

if __name__ == "__main__":
    raise SystemExit(main())

app = app_or_exit()
