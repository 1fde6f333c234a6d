"""Floor 5: what viewers' players report, counted by channel. Pure: reports and `now` come in, figures come out."""
