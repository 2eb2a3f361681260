" Vim syntax file: dialogues of Pli (docs/dialogue.en.md)
if exists("b:current_syntax")
  finish
endif
syn match dialogueHeader "^\s*\(title\|title\.fr\|rfc\|hint\|hint\.fr\|points\|needs\|accounts\|time\|columns\|row\|include\):"
syn match dialogueStep "\(^\s*\(\[[^]]*\]\s*\)\=\)\@<=\(connect\|tls\|tls-is\|state\|close\|pause\|silence\|within\|set\|same\|differ\|less\|deliver\|maildir\|packets\):"
syn match dialogueStep "\(^\s*\(\[[^]]*\]\s*\)\=\)\@<=\(tls\|closed\|close\|any-order\|end\)\s*$"
syn match dialogueClient "\(^\s*\(\[[^]]*\]\s*\)\=\)\@<=C[?*]\=\( \(reply\|until\|not\|raw\|bytewise\|data\)\)*:"
syn match dialogueServer "\(^\s*\(\[[^]]*\]\s*\)\=\)\@<=S[?*]\=\( \(reply\|until\|not\|raw\|bytewise\|data\)\)*:"
syn match dialogueSession "^\s*\[[^]]*\]"
syn match dialogueEscape "\\\(x\x\x\|[rnt0es\\\"#$*/|{}[]\)"
syn region dialogueValue start="\${" end="}" contains=dialogueValue,dialogueString
syn region dialogueString start=+"+ skip=+\\\\\|\\"+ end=+"+ contained contains=dialogueEscape,dialogueValue
syn match dialogueComment "\(^\s*\|\s\s\|\t\)#.*$"

hi def link dialogueHeader PreProc
hi def link dialogueStep Statement
hi def link dialogueClient Identifier
hi def link dialogueServer Type
hi def link dialogueSession Label
hi def link dialogueEscape SpecialChar
hi def link dialogueValue Special
hi def link dialogueString String
hi def link dialogueComment Comment

let b:current_syntax = "dialogue"
