;;; session.el --- a session of Emacs with the language server -*- lexical-binding: t -*-

;; Eglot and flymake as they come: findings arrive by themselves and carry their path, hovers answer, a repair takes the finding away.
;; MEMBRANE_FILE: the C file; MEMBRANE_SERVER: the server's command line, parts apart by tabs.  Ends with exit code 0 or 1.

;; In batch mode packages of the system are not on the path.
(dolist (folder '("/usr/share/emacs/site-lisp/elpa/" "/usr/share/emacs/site-lisp/elpa-src/"))
  (when (file-directory-p folder)
    (let ((default-directory folder))
      (normal-top-level-add-subdirs-to-load-path))))
(require 'cc-mode)
(require 'eglot)
(require 'flymake)

(setq eglot-sync-connect 20
      eglot-autoshutdown t
      create-lockfiles nil
      make-backup-files nil)

(defun session-out (format &rest arguments)
  (princ (concat (apply #'format format arguments) "\n")))

(defun session-check (value what)
  (unless value (error "%s" what))
  value)

(defun session-wait (what test)
  (let ((end (+ (float-time) 15)))
    (while (and (< (float-time) end) (not (funcall test)))
      (accept-process-output nil 0.05))
    (session-check (funcall test) (concat "waited for " what))))

(defun session-hover (server)
  (plist-get (plist-get (jsonrpc-request server :textDocument/hover (eglot--TextDocumentPositionParams)) :contents)
             :value))

(defun session ()
  (let ((command (split-string (getenv "MEMBRANE_SERVER") "\t"))
        server)
    (find-file (getenv "MEMBRANE_FILE"))
    (c-mode)
    ;; Eglot 1.9 and newer take a list of major modes.
    (eglot '(c-mode) (cons 'transient default-directory) 'eglot-lsp-server command "c")
    (setq server (session-check (eglot-current-server) "no server"))
    (flymake-mode 1)
    (session-wait "diagnostics" (lambda () (flymake-diagnostics)))
    (session-check (= 1 (length (flymake-diagnostics))) "one finding")
    (let* ((finding (car (flymake-diagnostics)))
           (text (flymake-diagnostic-text finding)))
      (goto-char (flymake-diagnostic-beg finding))
      (session-out "line %d: %s" (line-number-at-pos) text)
      (session-check (string-match-p "frees 'page'" text) "the finding")
      (let ((hover (session-hover server)))
        (session-out "\nhover on the free:\n%s\n" (car (split-string hover "\n---\n")))
        (session-check (string-match-p "\\`Reported: unknown here" hover) "why it is reported")))
    (goto-char (point-min))
    (search-forward "set_memory_decrypted(")
    (backward-char 3)
    (session-check (string-match-p "private -> shared" (session-hover server)) "the direction in the hover")
    (let ((lenses (jsonrpc-request server :textDocument/codeLens
                                   (list :textDocument (eglot--TextDocumentIdentifier)))))
      (session-check (> (length lenses) 0) "lenses")
      (session-out "lens: %s" (plist-get (plist-get (elt lenses 0) :command) :title)))
    (goto-char (flymake-diagnostic-beg (car (flymake-diagnostics))))
    (delete-region (line-beginning-position) (line-beginning-position 2))
    (session-wait "no finding after the repair" (lambda () (null (flymake-diagnostics))))
    (session-out "the free taken out: no finding")
    (set-buffer-modified-p nil)
    (eglot-shutdown server)))

(condition-case problem
    (progn
      (session)
      (session-out "passed: Emacs %s" emacs-version))
  (error
   (session-out "failed: %s" (error-message-string problem))
   (kill-emacs 1)))

;;; session.el ends here
