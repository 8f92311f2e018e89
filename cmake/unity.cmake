# streamer_unity(TARGET SOURCES...): with STREAMER_UNITY the sources of a target are compiled eight at a time, but for these.
set(streamer_alone
  supervisor/alerts/alert_delivery.cpp supervisor/alerts/alert_queue.cpp supervisor/alerts/alert_sink.cpp
  supervisor/alerts/alert_text.cpp supervisor/alerts/transport.cpp supervisor/alerts/delivery_job.cpp supervisor/daemon/alert_courier.cpp supervisor/daemon/daemon.cpp
  supervisor/daemon/daemon_services.cpp supervisor/daemon/incident_desk.cpp supervisor/doctor/system_checks.cpp
  supervisor/http/listener.cpp supervisor/process/probe_desk.cpp supervisor/process/stream_runner.cpp
  supervisor/process/stream_runner_lives.cpp supervisor/report/history_ring.cpp supervisor/report/incident_book.cpp
  supervisor/report/log_outputs.cpp supervisor/report/status_json.cpp supervisor/supervise/input_selector.cpp
  tests/alerts/alert_json_test.cpp tests/alerts/alert_queue_test.cpp tests/alerts/alert_rules_test.cpp tests/alerts/delivery_job_test.cpp
  tests/http/test_reply.cpp tests/http/test_server_threads.cpp tests/media/snapshot_test.cpp tests/http/test_request_reader.cpp tests/http/test_router.cpp
  tests/http/test_server_incidents.cpp tests/http/test_server_inputs.cpp tests/report/history_test.cpp
  tests/report/incident_book_test.cpp tests/report/incident_files_test.cpp tests/report/log_buffer_test.cpp
  tests/report/log_format_test.cpp tests/report/self_probe_json_test.cpp tests/report/status_json_test.cpp
  tests/worker/capture/monitor_life_test.cpp tests/worker/capture/pace_test.cpp tests/worker/encode/package_test.cpp
  tests/worker/encode/report_test.cpp tests/worker/encode/still_test.cpp
  tests/worker/healing/snapshot_test.cpp tests/worker/inputs/play_clock_test.cpp worker/receive/reader.cpp
  worker/receive/received_source.cpp worker/roles/probe_input.cpp)

function(streamer_unity target)
  if(NOT STREAMER_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  # What these see between two files is no fault of either.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage> -Wno-shadow)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(source ${ARGN})
    if("${folder}/${source}" IN_LIST streamer_alone)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()
