# The slides: see slides/README.md.

.PHONY: slides slides-test pictures recordings

slides: all                       ## the slides, in both languages, into build/slides
	scripts/slides

slides-test: all                  ## build and measure all slides in a browser
	ALL_SLIDES=1 tests/run -t 900 tests/slides/slides.t

pictures: all                     ## the pictures of the READMEs, from screens of the programs
	scripts/pictures

recordings: all                   ## play every scene anew, and keep what was on the wire and what was told
	scripts/recordings
