"""Pydantic's complaints for people."""

from pydantic_core import ErrorDetails

from app.web.model_leaves import told_figure


def in_plain_words(mistake: ErrorDetails) -> str:
    """One of pydantic's complaints for people. The value is not repeated: it may be secret."""
    told = mistake.get("ctx") or {}
    match mistake["type"]:
        case "missing" | "string_too_short":
            return "This is needed."
        case "greater_than_equal":
            return f"At least {told_figure(told['ge'])}."
        case "less_than_equal":
            return f"At most {told_figure(told['le'])}."
        case "float_parsing" | "float_type" | "finite_number":
            return "Enter a number, such as 2.5."
        case "int_parsing" | "int_type" | "int_from_float":
            return "Enter a whole number."
        case "literal_error" | "enum":
            return "Choose one of these."
        case "string_too_long":
            return f"At most {told['max_length']} characters."
        case "string_pattern_mismatch":
            return "This has signs that do not belong here."
        case "time_parsing" | "time_type":
            return "Enter a time such as 17:00."
        case "date_parsing" | "date_type" | "date_from_datetime_parsing":
            return "Enter a day."
        case "too_short":
            return "At least one is needed."
        case "too_long":
            return f"At most {told['max_length']}."
        case "value_error":
            words = str(mistake["msg"]).removeprefix("Value error, ").rstrip(".")
            return f"{words[:1].upper()}{words[1:]}."
    return "This is not understood."
