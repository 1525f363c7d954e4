echo began >/state/began
