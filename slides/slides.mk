# The slides: see slides/README.md.

.PHONY: slides pictures recordings

slides: all                       ## the slides, in both languages, into build/slides
	scripts/slides

pictures: all                     ## the pictures of the READMEs, from screens of the programs
	scripts/pictures

recordings: all                   ## play every scene anew, and keep what was on the wire and what was told
	scripts/recordings
