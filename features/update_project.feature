Feature: UpdateProject with storage integration
  UpdateProject ties an existing project to a queue and a container, by the
  same two members in its settings.
  Guide: "Integrate Custom Vision project", update.

  @CVSI-UPDATE-01 @must
  Rule: UpdateProject with the guide's whole body answers 200 for a project that had no URIs

    Scenario: A project without integration is updated with its URIs
      Given a project that has no integration yet
      When it is updated with the guide's whole body
      Then the answer is 200 with a project that has an id

  @CVSI-UPDATE-02 @should
  Rule: The new URIs are shown by UpdateProject and by a later GetProject

    Scenario: The answer of an update shows the new URIs
      Given a project that has no integration yet
      When it is updated with the guide's whole body
      Then the settings in the answer show the URIs that were given

    Scenario: GetProject shows the new URIs after an update
      Given a project that has no integration yet
      When it is updated with the guide's whole body
      Then GetProject shows the URIs that were given

  @CVSI-UPDATE-03 @should
  Rule: After an update only the new queue and container are used

    @notifications
    Scenario: Notifications move to the new queue
      Given a project with a notification queue
      And it has been moved to other storage
      And it has been trained
      When its export completes
      Then the new queue holds a Training message and an Export message
      And the old queue stays silent after the move

    @backup
    Scenario: Backups move to the new container
      Given a project with a backup container
      And it has been moved to other storage
      And it has been trained
      When its export completes
      Then the new container holds the backup
      And the old container stays silent after the move

  @CVSI-UPDATE-04 @should
  Rule: What an update does not name keeps its value

    Scenario: An update of name and description keeps the settings
      Given an integrated project
      When its name and description are updated
      Then the update changed what it names
      And the update kept all that it does not name

    Scenario: An update of the URIs keeps everything else
      Given a project that has no integration yet
      When its URIs alone are updated
      Then the update changed what it names
      And the update kept all that it does not name

  @CVSI-UPDATE-05 @should
  Rule: An update that does not name the URIs leaves the integration working

    @notifications
    Scenario: Notifications go on after an update of the name
      Given a project with a notification queue
      And its name and description have been updated
      And it has been trained
      When its export completes
      Then the queue holds a Training message
      And the queue holds an Export message

    @backup
    Scenario: Backups go on after an update of the name
      Given a project with a backup container
      And its name and description have been updated
      And it has been trained
      When its export completes
      Then the container holds the backup

  @CVSI-UPDATE-06 @must
  Rule: A project integrated by an update gets its messages and its backups

    @notifications
    Scenario: A project integrated by an update is notified
      Given a project that was integrated by an update
      And it has been trained
      When its export completes
      Then the queue holds a Training message
      And the queue holds an Export message

    @backup
    Scenario: A project integrated by an update gets its backup
      Given a project that was integrated by an update
      And it has been trained
      When its export completes
      Then the container holds the backup
