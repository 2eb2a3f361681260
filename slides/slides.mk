# The slides: see slides/README.md.

.PHONY: slides

slides: all                       ## the slides, in both languages, into build/slides
	scripts/slides
