; extends

; For the language c, not for this one: comments that may hold annotations.
((comment) @injection.content
  (#match? @injection.content "(coco:|[@]membrane)")
  (#set! injection.language "membrane"))
