-- A session of Neovim with the language server, as a client that pushes nothing of ours: diagnostics arrive by themselves,
-- hover answers in markdown, edits move a finding and repair it.
-- MEMBRANE_FILE: the C file; MEMBRANE_SERVER: the server's command line. Ends with exit code 0 or 1.
local file = vim.env.MEMBRANE_FILE
local command = vim.split(vim.env.MEMBRANE_SERVER, '\t')

local function out(format, ...)
  io.stdout:write(string.format(format, ...) .. '\n')
end

local function check(value, what)
  if not value then error(what, 0) end
end

local function wait(what, test)
  check(vim.wait(15000, test, 10), 'waited for ' .. what)
end

local function session()
  vim.cmd('edit ' .. vim.fn.fnameescape(file))
  vim.bo.filetype = 'c'
  local buffer = vim.api.nvim_get_current_buf()
  local exited
  local id = vim.lsp.start_client({
    name = 'membrane',
    cmd = command,
    root_dir = vim.fn.fnamemodify(file, ':h'),
    settings = { membrane = { show = 'warning' } },
    on_exit = function(code) exited = code end,
  })
  check(id, 'the server did not start')
  vim.lsp.buf_attach_client(buffer, id)
  local client = vim.lsp.get_client_by_id(id)
  wait('diagnostics', function() return #vim.diagnostic.get(buffer) > 0 end)

  local found = vim.diagnostic.get(buffer)
  for _, d in ipairs(found) do
    local lsp = d.user_data and d.user_data.lsp or {}
    out('%s:%d:%d: %s: %s [%s]', vim.fn.fnamemodify(file, ':t'), d.lnum + 1, d.col + 1,
      vim.diagnostic.severity[d.severity]:lower(), d.message, d.code or lsp.code)
    for _, step in ipairs(lsp.relatedInformation or {}) do
      out('  line %d: %s', step.location.range.start.line + 1, step.message)
    end
  end
  check(#found == 1, 'one finding, not ' .. #found)
  local finding = found[1]
  check(finding.source == 'membrane', 'the source')
  check(finding.severity == vim.diagnostic.severity.ERROR, 'an error')
  local path = finding.user_data.lsp.relatedInformation
  check(path and #path >= 3, 'the path as related information')

  local function hover(line, column)
    local params = vim.lsp.util.make_position_params()
    params.position = { line = line, character = column }
    local answer = client.request_sync('textDocument/hover', params, 5000, buffer)
    check(answer and answer.result, 'a hover at line ' .. line + 1)
    return answer.result.contents.value
  end
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  for number, line in ipairs(lines) do
    local column = line:find('set_memory_decrypted%(')
    if column then
      local text = hover(number - 1, column)
      out('\nhover on line %d:\n%s\n', number, text)
      check(text:find('private -> shared', 1, true), 'the direction in the hover')
      check(text:find('Not 0: state unknown, so leak it', 1, true), 'the results in the hover')
      break
    end
  end
  local free = hover(finding.lnum, finding.col)
  check(free:find('^Reported: unknown here'), 'why the free is reported: ' .. free)
  check(free:find('**free-after-failed-transition**', 1, true), 'the rule in the hover')

  local lenses = client.request_sync('textDocument/codeLens',
    { textDocument = vim.lsp.util.make_text_document_params() }, 5000, buffer)
  check(lenses and lenses.result and #lenses.result > 0, 'lenses')
  for _, lens in ipairs(lenses.result) do
    out('lens on line %d: %s', lens.range.start.line + 1, lens.command.title)
    check(lens.command.title:find('decrypts', 1, true), 'what the function does')
  end

  vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { '', '' })
  wait('the finding two lines below', function()
    local now = vim.diagnostic.get(buffer)
    return #now == 1 and now[1].lnum == finding.lnum + 2
  end)
  out('two lines above: the finding moved to line %d', finding.lnum + 3)
  vim.api.nvim_buf_set_lines(buffer, finding.lnum + 2, finding.lnum + 3, false, {})
  wait('no finding after the repair', function() return #vim.diagnostic.get(buffer) == 0 end)
  out('the free taken out: no finding')

  client.stop()
  wait('the end of the server', function() return exited ~= nil end)
  check(exited == 0, 'the server ended with ' .. tostring(exited))
end

local ok, problem = xpcall(session, function(message) return debug.traceback(message, 2) end)
if ok then
  local version = vim.version()
  out('passed: Neovim %d.%d.%d', version.major, version.minor, version.patch)
  vim.cmd('qall!')
else
  out('failed: %s', problem)
  vim.cmd('cquit 1')
end
