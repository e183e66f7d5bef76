# A library may use what it declares and nothing else. For each guanhu_library a shared object is linked from the whole
# archive, the archives of its DEPS closure and its LINK items, with no undefined symbol allowed: a call into a room
# that was not declared fails here, even when every program of the tree happens to link that room.
#
# Not part of the default build; the test `house_links` builds target `guanhu_links`.

add_custom_target(guanhu_links)

function(guanhu_link_check name)
  add_library(links_${name} SHARED EXCLUDE_FROM_ALL ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/empty.cc)
  set_target_properties(links_${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/links)
  target_link_libraries(links_${name} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,guanhu_${name}>)
  target_link_options(links_${name} PRIVATE -Wl,--no-undefined)
  add_dependencies(guanhu_links links_${name})
endfunction()
