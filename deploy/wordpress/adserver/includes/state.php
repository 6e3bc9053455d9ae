<?php
/**
 * The top of the settings page: what to do first, and then whether ads can come.
 */

namespace Adserver;

function print_state( array $options ): void {
	if ( get_settings_errors( OPTION ) ) {
		print_notice( 'info', esc_html__( 'Nothing was saved: correct this and save again.', 'adserver' ) );
		return;
	}
	if ( ! is_set_up( $options ) ) {
		print_first_steps();
		return;
	}
	$connection = connection( $options );
	if ( '' !== $connection['fault'] ) {
		print_notice( 'error', esc_html( $connection['fault'] ) );
		return;
	}
	print_slots( $options, $connection['slots'] );
	foreach ( $options['without_ads'] as $category ) {
		if ( ! term_exists( $category, 'category' ) ) {
			/* translators: %s: the slug of a category */
			print_notice( 'warning', sprintf( esc_html__( 'There is no category “%s” here.', 'adserver' ), esc_html( $category ) ) );
		}
	}
}

function print_slots( array $options, array $slots ): void {
	if ( ! $slots ) {
		print_notice( 'warning', esc_html__( 'The ad server answers. It has no slots for this site yet.', 'adserver' ) );
		return;
	}
	$list = '<code>' . implode( '</code>, <code>', array_map( 'esc_html', $slots ) ) . '</code>';
	/* translators: %s: the names of slots */
	$names = sprintf( esc_html__( 'The ad server answers. Slots of this site: %s.', 'adserver' ), $list );
	$link  = '<a href="' . esc_url( $options['base'] . '/console/tags' ) . '">' . esc_html__( 'Look at them in the console', 'adserver' ) . '</a>';
	print_notice( 'success', "$names $link" );
	foreach ( unknown_slots( $options, $slots ) as $slot ) {
		/* translators: %s: the name of a slot */
		print_notice( 'warning', sprintf( esc_html__( 'The ad server has no slot “%s”, so nothing is shown there.', 'adserver' ), esc_html( $slot ) ) );
	}
}

function print_first_steps(): void {
	$steps = array(
		esc_html__( 'Fill in the ad server’s address and the key of this site. The console’s page of tags has both, under WordPress.', 'adserver' ),
		esc_html__( 'Save: this page then says whether the ad server answers, and which slots there are.', 'adserver' ),
		esc_html__( 'Name the slots that every article is to have, or place them yourself.', 'adserver' ),
	);
	echo '<div class="notice notice-info inline"><p><strong>' . esc_html__( 'No ads are shown yet.', 'adserver' ) . '</strong></p><ol><li>';
	echo implode( '</li><li>', $steps ), '</li></ol></div>'; // phpcs:ignore WordPress.Security.EscapeOutput -- escaped above
}

function print_notice( string $kind, string $html ): void {
	echo "<div class=\"notice notice-$kind inline\"><p>$html</p></div>"; // phpcs:ignore WordPress.Security.EscapeOutput -- escaped by the caller
}
