"""Forecasts of sun, temperature and load: fetched or learnt, stored with their time of issue, compared with what came."""
