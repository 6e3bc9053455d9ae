"""The service's processes: a supervisor, web workers, the flusher."""
