"""How gunicorn serves PowerSync: one worker with threads, so that SQLite has one writer among the web threads."""

import os
from pathlib import Path

bind = f"0.0.0.0:{os.environ.get('PORT') or '5001'}"
workers = 1
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or "8")
timeout = 30
graceful_timeout = 8  # seconds; a container has 15 until it is killed
proc_name = "powersync-web"

# The heartbeat file of a worker on a disk can block it; memory does not.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a folder in memory, not a predictable file name

# Nobody's X-Forwarded-* is believed here: the app counts TRUSTED_PROXIES.
forwarded_allow_ips = ""

# The root file system of the container is read-only, and nothing here is controlled through a socket.
control_socket_disable = True

loglevel = (os.environ.get("LOG_LEVEL") or "info").lower()
errorlog = "-"
accesslog = "-"
# Method and path, never the query string or a header: both can carry a token or a one-time code.
access_log_format = '%(h)s "%(m)s %(U)s %(H)s" %(s)s %(B)s %(M)sms'
