-- each line of FILTERS: a filter; prints the frame numbers that fit
local taps = {}
for line in io.lines(os.getenv("FILTERS")) do
  local entry = {line, {}}
  table.insert(taps, entry)
  local ok, tap = pcall(Listener.new, "frame", line)
  if not ok then entry.error = tostring(tap):gsub("\n.*", ""):gsub("^.*Listener_new: ", "") else
    function tap.packet(pinfo) table.insert(entry[2], pinfo.number) end
    function tap.draw() end
    function tap.reset() end
  end
end
local out = Listener.new("frame")
function out.draw()
  for _, e in ipairs(taps) do
    print("F\t" .. e[1] .. "\t" .. (e.error and ("ERROR " .. e.error) or table.concat(e[2], " ")))
  end
end
